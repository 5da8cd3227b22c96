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
		action, err = checkAction(x.listener.handler, L.Get(-1))
		return err
	})
	if err != nil && !errors.Is(err, errHangup) && !errors.Is(err, errGarbage) && !errors.Is(err, errShutdown) {
		x.seen.scriptFailed()
		x.logger().Error("script failed", runtime.ErrorAttrs(err)...)
	}
	return action, err
}

// checkAction returns the Action that a handler's result holds. The error has
// the place of the handler: of several it tells which.
func checkAction(handler *lua.LFunction, result lua.LValue) (Action, error) {
	action, ok := actionOf(result)
	if ok {
		return action, nil
	}
	e := &runtime.ScriptError{Message: fmt.Sprintf("the handler returned %s instead of an action, such as m:connect(…) or m:discard()",
		runtime.TypeName(result))}
	if p := handler.Proto; !handler.IsG { // functions in Go have no place
		e.Message = fmt.Sprintf("%s:%d: %s", p.SourceName, p.LineDefined, e.Message)
		e.Traceback = fmt.Sprintf("stack traceback:\n\t%s:%d: in function <%[1]s:%[2]d>", p.SourceName, p.LineDefined)
	}
	return nil, e
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
