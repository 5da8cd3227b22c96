package sink

import (
	"fmt"
	"strconv"
	"strings"
)

// whole is the Share of everything.
const whole Share = 1_000_000

// A Share is a part of all mails, in millionths. It is a flag value
// (github.com/spf13/pflag) that is written "5%" or "0.05".
type Share int

// ParseShare reads "5%", "0.5%" or a fraction from 0 to 1.
func ParseShare(s string) (Share, error) {
	digits, percent := strings.CutSuffix(s, "%")
	f, err := strconv.ParseFloat(digits, 64)
	if percent {
		f /= 100
	}
	if err != nil || !(f >= 0 && f <= 1) {
		return 0, fmt.Errorf("%q is no share: it is written 5%% or 0.05, from 0 to 100%%", s)
	}
	return Share(f*float64(whole) + 0.5), nil
}

// Set reads the share from a command line.
func (s *Share) Set(text string) (err error) {
	*s, err = ParseShare(text)
	return err
}

func (s *Share) String() string {
	return strconv.FormatFloat(float64(*s)*100/float64(whole), 'g', -1, 64) + "%"
}

// Type names the kind of value in help texts.
func (s *Share) Type() string { return "share" }
