package relay

import (
	"time"

	"qrelay/runtime/pond"
)

// clientError is the text of the record of a mail whose client has broken the
// protocol.
const clientError = "client error"

// sendRecord ships a log record of a mail, if there is a log server. It never
// waits.
func (x *exchange) sendRecord(text string) {
	if x.server.pond == nil {
		return
	}
	if err := x.server.pond.Send(x.record(text)); err != nil {
		x.logger().Debug("log record dropped", "error", err.Error())
	}
}

// record makes the Pond record of a mail.
func (x *exchange) record(text string) *pond.Record {
	m := x.mail
	site, _ := m.Account()
	return &pond.Record{
		Timestamp:   x.began,
		Site:        site,
		Message:     pond.SubmissionMessage(m.Sender(), m.Recipients(), text),
		HasLength:   true,
		Length:      uint64(m.Size()) + uint64(m.InsertedSize()),
		HasTraffic:  true,
		Received:    x.received,
		Sent:        x.sent,
		HasDuration: true,
		Duration:    time.Since(x.began),
		Type:        pond.Submission,
	}
}
