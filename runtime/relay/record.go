package relay

import (
	"time"

	"qrelay/runtime/pond"
)

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
