// Command qrelay is the QMQP relay and what belongs to it: the daemon, a client
// that can stand in for sendmail, a next hop that keeps mails, and a demo.
package main

import (
	"context"
	"os"
	"path/filepath"
)

func main() {
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	if filepath.Base(os.Args[0]) == "sendmail" {
		os.Exit(p.submit(context.Background(), "sendmail", os.Args[1:]))
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}
