package relay

import (
	"context"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"qrelay/runtime"
)

// decide runs the listener's handler over the mail and returns its action.
func (x *exchange) decide(ctx context.Context) (Action, error) {
	var action Action
	x.seen.enter(Waiting)
	err := x.server.rt.Run(ctx, "handler", func(L *lua.LState) error {
		x.seen.enter(Handling)
		object := &mailObject{exchange: x}
		runtime.ScopeOf(L).Add(object)
		if err := runtime.Call(L, x.listener.handler, 1, x.server.face.mail.New(L, object)); err != nil {
			return err
		}
		var err error
		if action, err = checkAction(L.Get(-1)); err != nil {
			return &runtime.ScriptError{Message: err.Error(), Traceback: definition(x.listener.handler)}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errHangup) && !errors.Is(err, errGarbage) && !errors.Is(err, errShutdown) {
		x.seen.scriptFailed()
		x.logger().Error("script failed", runtime.ErrorAttrs(err)...)
	}
	return action, err
}

// checkAction returns the Action that a handler's result holds.
func checkAction(result lua.LValue) (Action, error) {
	action, ok := actionOf(result)
	if !ok {
		return nil, fmt.Errorf("the handler returned %s instead of an action, such as m:connect(…) or m:discard()",
			runtime.TypeName(result))
	}
	return action, nil
}

// definition is the traceback for a handler that returned nonsense: of several
// it tells which. Functions in Go have no place.
func definition(handler *lua.LFunction) string {
	if handler.IsG {
		return ""
	}
	p := handler.Proto
	return fmt.Sprintf("stack traceback:\n\t%s:%d: in function <%[1]s:%[2]d>", p.SourceName, p.LineDefined)
}

// describe names an action for the log.
func describe(a Action) string {
	if a == nil {
		return "none"
	}
	if s, ok := a.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", a)
}
