package status

// Path is where the daemon serves a Report.
const Path = "/mails"

// DefaultPort is the TCP port of the daemon's metrics.
const DefaultPort = 9628

// A Report is what the daemon is doing.
type Report struct {
	// Ready tells whether it accepts connections.
	Ready bool `json:"ready"`
	// Bytes is the size of all mails together.
	Bytes uint64 `json:"bytes"`
	// Mails are those in flight, the oldest first.
	Mails []Mail `json:"mails"`
}

// A Mail is one in flight.
type Mail struct {
	Age        float64 `json:"age_seconds"`
	Stage      string  `json:"stage"`         // receive, turn, handler, relay or answer
	StageAge   float64 `json:"stage_seconds"` // since it reached the stage
	Listener   string  `json:"listener"`
	UID        *uint32 `json:"uid,omitempty"`  // of a local client
	PID        int     `json:"pid,omitempty"`  // of a local client that is visible
	From       string  `json:"from,omitempty"` // address of a client over IP
	Size       uint64  `json:"size"`           // of the request; 0: not known yet
	Sender     string  `json:"sender"`
	Recipients int     `json:"recipients"`       // 0: not known yet
	Action     string  `json:"action,omitempty"` // once the handler has decided
}
