package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"qrelay/runtime/address"
	"qrelay/runtime/qmqp"
	"qrelay/runtime/sock"
)

// A load is one run.
type load struct {
	options  Options
	server   address.Address
	request  []byte
	recorder *recorder
	give     context.CancelCauseFunc // up
}

// errorPause is how long a client of a closed loop waits after an error. A
// server that refuses at once would be asked some ten thousand times a second
// otherwise.
const errorPause = 10 * time.Millisecond

// errUnanswered is the cause of giving up because the server is not there.
var errUnanswered = errors.New("no mail was answered")

// Run makes the load and returns what came of it. When ctx ends, the load ends
// at once, and the report tells what was measured until then. If connecting
// fails before any mail was answered, Run gives up and returns the error.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.setDefaults()
	server, err := o.resolve(ctx)
	if err != nil {
		return nil, err
	}
	l := &load{options: o, server: server, request: o.request(), recorder: newRecorder()}
	ctx, l.give = context.WithCancelCause(ctx)
	defer l.give(nil)
	return l.run(ctx)
}

func (l *load) run(ctx context.Context) (*Report, error) {
	var progress, clients sync.WaitGroup
	began := time.Now()
	schedule, err := l.newSchedule(ctx, began)
	if err != nil {
		return nil, err
	}
	reporting, stop := context.WithCancel(ctx)
	defer stop()
	if l.options.Progress != nil {
		progress.Go(func() { l.showProgress(reporting, began) })
	}
	for range l.options.Clients {
		clients.Go(func() { l.client(ctx, schedule) })
	}
	clients.Wait()
	elapsed := time.Since(began)
	stop()
	progress.Wait()
	if cause := context.Cause(ctx); errors.Is(cause, errUnanswered) {
		return nil, cause
	}
	return l.report(elapsed, schedule.close()), nil
}

// newSchedule makes the loop that the options ask for.
func (l *load) newSchedule(ctx context.Context, began time.Time) (schedule, error) {
	if l.options.Rate > 0 {
		return newOpenLoop(ctx, began, l.options)
	}
	return newClosedLoop(began, l.options), nil
}

// client submits one mail after the other.
func (l *load) client(ctx context.Context, schedule schedule) {
	for {
		due, ok := schedule.next(ctx)
		if !ok {
			return
		}
		l.recorder.begin()
		response, err := l.submit(ctx)
		switch {
		case err == nil:
			l.recorder.answered(time.Since(due), response)
		case ctx.Err() != nil:
			l.recorder.cut()
		default:
			l.failed(ctx, err)
		}
	}
}

// failed counts an error, and gives up if that is all there is.
func (l *load) failed(ctx context.Context, err error) {
	var connecting *connectError
	if none := l.recorder.failed(kindOf(err)); none && errors.As(err, &connecting) {
		l.give(fmt.Errorf("%w: %w", errUnanswered, err))
	}
	if l.options.Rate == 0 {
		pause(ctx, errorPause)
	}
}

// A connectError says that there was not even a connection.
type connectError struct{ error }

func (e *connectError) Unwrap() error { return e.error }

// submit hands one mail over. A server may answer before it has read it all.
func (l *load) submit(ctx context.Context) (qmqp.Response, error) {
	conn, err := l.dial(ctx)
	if err != nil {
		return qmqp.Response{}, &connectError{err}
	}
	defer conn.Close()
	conn.SetTimeouts(l.options.Timeout, l.options.Timeout)
	conn.Bind(ctx)
	_, sendErr := conn.Write(l.request)
	response, err := qmqp.ReadResponse(conn)
	if err != nil && sendErr != nil {
		err = sendErr
	}
	return response, err
}

func (l *load) dial(ctx context.Context) (*sock.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, l.options.Timeout, sock.ErrTimeout)
	defer cancel()
	return sock.Dial(ctx, l.server)
}

// pause waits, but not beyond the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
