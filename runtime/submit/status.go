package submit

import (
	"errors"
	"fmt"

	"qrelay/runtime/qmqp"
)

// Exit statuses, those of sysexits.h that callers of sendmail know.
const (
	ExitOK          = 0
	ExitUsage       = 64 // EX_USAGE: the command line is wrong
	ExitData        = 65 // EX_DATAERR: the header has no usable recipients
	ExitUnavailable = 69 // EX_UNAVAILABLE: the server refused the mail for good
	ExitTempFail    = 75 // EX_TEMPFAIL: nobody has the mail now; try again later
)

// A statusError is an error that wants a certain exit status.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &statusError{ExitUsage, fmt.Errorf(format, args...)}
}

func dataError(format string, args ...any) error {
	return &statusError{ExitData, fmt.Errorf(format, args...)}
}

// exitStatus is for errors before the server has answered. Whatever is not the
// caller's fault is temporary: the mail was not accepted and can be sent again.
func exitStatus(err error) int {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.status
	}
	return ExitTempFail
}

func responseStatus(s qmqp.Status) int {
	switch s {
	case qmqp.StatusAccepted:
		return ExitOK
	case qmqp.StatusRejected:
		return ExitUnavailable
	}
	return ExitTempFail
}
