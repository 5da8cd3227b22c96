package relay

import "time"

// limits say how long others may keep a mail waiting.
type limits struct {
	receive time.Duration // a client: to send some more bytes
	hurry   time.Duration // a client: to send at its leisure while others want its memory
	room    time.Duration // other mails: to leave room in memory, or a place for a program
	answer  time.Duration // a client: to take the reply
	drain   time.Duration // a client: to stop sending after a refusal

	connect  time.Duration // a next hop: to accept the connection
	send     time.Duration // a next hop: to take some more bytes
	response time.Duration // a next hop: to answer, from the last byte sent
}

// defaultLimits returns the limits of the manual.
func defaultLimits() limits {
	return limits{
		receive:  5 * time.Second,
		hurry:    10 * time.Second,
		room:     30 * time.Second,
		answer:   10 * time.Second,
		drain:    2 * time.Second,
		connect:  20 * time.Second,
		send:     10 * time.Second,
		response: 60 * time.Second,
	}
}
