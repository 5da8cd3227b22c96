package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"qrelay/runtime/submit"
)

// relayed shows a mail that the policy lets through.
func (d *demo) relayed(ctx context.Context) error {
	d.step("Alice sends Bob a report: text, HTML and an attachment.")
	if err := d.submit(ctx, "report.eml", "bob@example.org", submit.ExitOK); err != nil {
		return err
	}
	if err := d.showLog(`action="connect `, "Kstored"); err != nil {
		return err
	}
	kept, err := d.kept(1)
	if err != nil {
		return err
	}
	sent, err := os.ReadFile(filepath.Join(d.dir, "report.eml"))
	if err != nil {
		return err
	}
	added, ok := bytes.CutSuffix(kept, sent)
	if !ok {
		return fmt.Errorf("the mail was changed on its way: %q", kept)
	}
	want := fmt.Sprintf("X-Submitted-By: uid %d\r\nReceived: from PID=%d UID=%[1]d with QMQP\r\n", os.Getuid(), os.Getpid())
	if string(added) != want {
		return fmt.Errorf("the header %q was inserted, not %q", added, want)
	}
	fmt.Fprintln(d.w)
	d.say("This is how the mail in the Maildir begins. The policy inserted the first line, the daemon itself the second:")
	d.quote(string(added), "X-Submitted-By", "Received")
	d.quote(firstLines(string(sent), 4) + "...\n")
	d.say(fmt.Sprintf("The %d bytes that follow the first two lines are exactly those that Alice sent.", len(sent)))
	return nil
}

// rejected shows a mail that is refused.
func (d *demo) rejected(ctx context.Context) error {
	d.step("Alice answers a swindler, whose domain the policy blocks. The program that submitted the mail is told so at once:")
	if err := d.submit(ctx, "offer.eml", "eve@spam.example", submit.ExitUnavailable); err != nil {
		return err
	}
	return d.showLog("action=reject", "Dno mail for eve@spam.example")
}

// discarded shows a mail that disappears.
func (d *demo) discarded(ctx context.Context) error {
	d.step("A newsletter is accepted, but goes nowhere:")
	if err := d.submit(ctx, "news.eml", "all@example.org", submit.ExitOK); err != nil {
		return err
	}
	if err := d.showLog("action=discard", "Kdiscarded"); err != nil {
		return err
	}
	_, err := d.kept(1)
	return err
}

// finish ends the daemon and the story.
func (d *demo) finish() error {
	d.step("SIGTERM ends the daemon in good order. The Maildir holds one mail.")
	if err := d.daemon.end(); err != nil {
		return err
	}
	if _, err := d.kept(1); err != nil {
		return err
	}
	d.say("All went as told. Next: write a policy of your own, with the recipes in docs/policies.md, and try it in the same way.")
	return nil
}

// kept returns the first of the mails in the Maildir, of which there must be n.
func (d *demo) kept(n int) ([]byte, error) {
	dir := filepath.Join(d.dir, "Mails", "new")
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if len(files) != n {
		return nil, fmt.Errorf("the Maildir has %d mails instead of %d", len(files), n)
	}
	return os.ReadFile(filepath.Join(dir, files[0].Name()))
}

func firstLines(text string, n int) string {
	lines := strings.SplitAfterN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "")
}
