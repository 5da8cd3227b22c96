package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	lua "github.com/yuin/gopher-lua"
)

// A ScriptError is an error that Lua code raised, or that ended it.
type ScriptError struct {
	// Message is what was raised, with file and line where Lua adds them.
	Message string
	// Traceback lists the active Lua functions, one a line.
	Traceback string
	// Value is what error() was called with.
	Value lua.LValue
	// Cause is why a cancelled task ended, or the Go panic; nil if the script
	// failed by itself.
	Cause error
}

// Error returns the message without the traceback.
func (e *ScriptError) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *ScriptError) Unwrap() error { return e.Cause }

// ErrorAttrs returns the attributes that a log line about err should have:
// the message, and the traceback if there is one.
func ErrorAttrs(err error) []any {
	attrs := []any{"error", err.Error()}
	var script *ScriptError
	if errors.As(err, &script) && script.Traceback != "" {
		attrs = append(attrs, "traceback", script.Traceback)
	}
	return attrs
}

// scriptError makes a ScriptError of what a protected call on c returned.
func (rt *Runtime) scriptError(err error, c *coroutine) *ScriptError {
	e := &ScriptError{Message: err.Error(), Value: lua.LString(err.Error()), Traceback: c.traceback, Cause: err}
	c.traceback = ""
	if api := (*lua.ApiError)(nil); errors.As(err, &api) {
		e.Message, e.Value, e.Cause = valueText(api.Object), api.Object, api.Cause
		if e.Traceback == "" {
			e.Traceback = api.StackTrace
		}
	}
	return e
}

// panicError makes an error of what a task's own Go code panicked with.
func panicError(r any) error {
	if api, ok := r.(*lua.ApiError); ok {
		return &ScriptError{Message: valueText(api.Object), Traceback: api.StackTrace, Value: api.Object}
	}
	message := fmt.Sprintf("internal error: %v", r)
	return &ScriptError{Message: message, Traceback: string(debug.Stack()), Value: lua.LString(message)}
}

// withCause says why the task ended, if it ended from outside.
func withCause(err, cause error) error {
	e := &ScriptError{Message: cause.Error(), Cause: cause}
	var script *ScriptError
	if errors.As(err, &script) {
		e.Traceback, e.Value = script.Traceback, script.Value
	}
	if errors.Is(cause, context.Canceled) {
		e.Message = "cancelled"
	}
	return e
}

// errorValue returns what pcall and resume give a script for err.
func errorValue(err error) lua.LValue {
	var script *ScriptError
	if errors.As(err, &script) && script.Value != nil {
		return script.Value
	}
	return lua.LString(err.Error())
}

// valueText returns an error value as text without running Lua code.
func valueText(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return v.String()
	case nil:
		return "nil"
	}
	return fmt.Sprintf("(error object is a %s value)", v.Type())
}
