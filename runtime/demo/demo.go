package demo

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"qrelay/runtime/sink"
	"qrelay/runtime/submit"
)

//go:embed example
var example embed.FS

// Options say how to show the demo.
type Options struct {
	// Out is where the story goes.
	Out io.Writer
	// Color allows terminal control sequences in it.
	Color bool
	// Daemon is the command that runs the daemon, to which "--config PATH" and
	// logging options are added.
	Daemon []string
}

// A demo is one run.
type demo struct {
	story
	dir        string
	daemon     *child
	logTimeout time.Duration // for a mail's line in the daemon's log
}

// Run shows the demo in a temporary directory, which is gone afterwards. The
// error says what did not go as told, or that ctx has ended.
func Run(ctx context.Context, o Options) error {
	d := &demo{story: story{w: o.Out, color: o.Color}, logTimeout: logTimeout}
	return d.run(ctx, o.Daemon)
}

func (d *demo) run(ctx context.Context, command []string) (err error) {
	d.dir, err = os.MkdirTemp("", "qrelay-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	d.title("qrelay demo")
	d.say("Everything happens in " + d.dir + ", which is removed at the end.")

	config, err := d.showPolicy()
	if err != nil {
		return err
	}
	endSink, err := d.startSink(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endSink()) }()
	if err := d.startDaemon(ctx, append(slices.Clone(command), "--config", config, "--log-level", "debug")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.daemon.end()) }()
	for _, mail := range []func(context.Context) error{d.relayed, d.rejected, d.discarded} {
		if err := mail(ctx); err != nil {
			return orCause(ctx, err)
		}
	}
	return d.finish()
}

// orCause prefers the reason why everything was ended to what followed from it.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// install copies an example into the directory and returns its path and text.
func (d *demo) install(name, as string) (path, text string, err error) {
	content, err := example.ReadFile("example/" + name)
	if err != nil {
		return "", "", err
	}
	text = strings.ReplaceAll(string(content), "@DIR@", d.dir)
	path = filepath.Join(d.dir, as)
	return path, text, os.WriteFile(path, []byte(text), 0o600)
}

func (d *demo) showPolicy() (path string, err error) {
	path, text, err := d.install("policy.lua", "config.lua")
	if err != nil {
		return "", err
	}
	d.step("A policy is a Lua script. The function at its end is called for each mail and says what is to be done with it. This is config.lua:")
	d.quote(text)
	return path, nil
}

// startSink runs the next hop. The returned function ends it.
func (d *demo) startSink(ctx context.Context) (end func() error, err error) {
	maildir, err := sink.OpenMaildir(filepath.Join(d.dir, "Mails"), false)
	if err != nil {
		return nil, err
	}
	s, err := sink.Listen(ctx, sink.Options{Address: filepath.Join(d.dir, "next.sock"), Store: maildir, Out: io.Discard})
	if err != nil {
		return nil, err
	}
	d.step("The next hop is where relayed mails go. This one keeps them in a Maildir:")
	d.command("qrelay sink ./next.sock --maildir Mails")
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		_, err := s.Run(ctx)
		done <- err
	}()
	return func() error {
		cancel()
		return <-done
	}, nil
}

func (d *demo) startDaemon(ctx context.Context, command []string) (err error) {
	d.step("The daemon runs the policy:")
	d.command("qrelay serve --config config.lua --log-level debug")
	d.daemon, err = startDaemon(ctx, d.dir, command)
	if err != nil {
		return orCause(ctx, err)
	}
	d.say(fmt.Sprintf("It is process %d, and ready.", d.daemon.cmd.Process.Pid))
	return nil
}

// submit hands a mail to the daemon and compares the exit status.
func (d *demo) submit(ctx context.Context, file, recipient string, want int) error {
	path, _, err := d.install(file, file)
	if err != nil {
		return err
	}
	stdin, err := os.Open(path)
	if err != nil {
		return err
	}
	defer stdin.Close()
	d.command("qrelay submit --to ./mail.sock -v -i -f alice@example.com \\", "  "+recipient+" <"+file)
	var output bytes.Buffer
	c := submit.Command{
		Name:     "qrelay submit",
		Args:     []string{"-v", "-i", "-f", "alice@example.com", recipient},
		Address:  filepath.Join(d.dir, "mail.sock"),
		Identity: submit.LocalIdentity(),
		Stdin:    stdin, Stdout: &output, Stderr: &output,
	}
	status := c.Run(ctx)
	d.quote(output.String())
	if status != want {
		return fmt.Errorf("exit status %d instead of %d", status, want)
	}
	d.say(fmt.Sprintf("The exit status is %d.", status))
	return nil
}

// showLog shows what the daemon logged about a mail.
func (d *demo) showLog(parts ...string) error {
	line, err := d.daemon.logLine(d.logTimeout, append(parts, "msg=mail")...)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.w)
	d.say("The daemon's log says:")
	d.log(line)
	return nil
}
