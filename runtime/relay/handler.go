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
	err := x.server.rt.Run(ctx, "handler", func(L *lua.LState) error {
		object := &mailObject{exchange: x}
		runtime.ScopeOf(L).Add(object)
		if err := runtime.Call(L, x.listener.handler, 1, x.server.face.mail.New(L, object)); err != nil {
			return err
		}
		var ok bool
		if action, ok = actionOf(L.Get(-1)); !ok {
			return fmt.Errorf("the handler returned %s instead of an action, such as m:connect(…) or m:discard()",
				runtime.TypeName(L.Get(-1)))
		}
		return nil
	})
	if err != nil && !errors.Is(err, errHangup) && !errors.Is(err, errShutdown) {
		x.logger().Error("script failed", runtime.ErrorAttrs(err)...)
	}
	return action, err
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
