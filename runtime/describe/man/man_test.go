package man

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"qrelay/modules/limiter"
	"qrelay/runtime"
	"qrelay/runtime/describe"
)

const help = `Does things. Many
of them.

Usage:
  prog [flags]

Exit status:
   0  good
  75  bad,
      or worse

Back at the margin.

Examples:
  prog --now

  prog -x    # .later

Flags:
      --now TIME   when \ it's due
  -a -b -c
               ignored
`

func TestParseHelp(t *testing.T) {
	want := []Block{
		{Paragraph: "Does things. Many of them."},
		{Title: "Usage", Literal: "prog [flags]\n"},
		{Title: "Exit status", Items: []Item{{"0", "good"}, {"75", "bad, or worse"}}},
		{Paragraph: "Back at the margin."},
		{Title: "Examples", Literal: "prog --now\n\nprog -x    # .later\n"},
		{Title: "Flags", Items: []Item{{"--now TIME", `when \ it's due`}, {"-a -b -c", "ignored"}}},
	}
	if got := ParseHelp(help); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	want = []Block{{Paragraph: "usage: prog"}, {Title: "Options", Items: []Item{{"-v", "version"}, {"-h", "help"}}}}
	if got := ParseHelp("usage: prog\n\n  -v   version\n\n  -h   help\n"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func FuzzParseHelp(f *testing.F) {
	f.Add(help)
	f.Add("usage: x\n\n  -v  version\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range strings.Split(Blocks(ParseHelp(text)), "\n") {
			if strings.HasPrefix(l, "'") || strings.HasPrefix(l, ".") && !strings.Contains(".PP .TP .RS 4 .RE .nf .fi", l) {
				t.Errorf("%q makes the request %q", text, l)
			}
		}
	})
}

func source(t *testing.T) Source {
	c, err := describe.Collect(limiter.Module(), runtime.Module{
		Name: "host", Doc: "The host.",
		Funcs:  []runtime.Func{{Name: "listen", Sig: "listen(address)", Doc: "Listens.", Phase: runtime.AtStartup}},
		Values: []runtime.Value{{Name: "size", Type: "integer", Doc: "Bytes.", Phase: runtime.AtStartup}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return Source{Catalog: c, Help: func(args ...string) (string, error) {
		switch strings.Join(args, " ") {
		case "prog --help":
			return "About prog.\n\nAvailable Commands:\n  help   Helps\n  run    Runs\n", nil
		case "prog run --help":
			return help, nil
		}
		return "", errors.New("no such program")
	}}
}

const wantRun = `.SS prog run
Does things. Many of them.
.PP
.RS 4
.nf
prog [flags]
.fi
.RE
.PP
\fBExit status:\fR
.TP
\fB0\fR
good
.TP
\fB75\fR
bad, or worse
.PP
Back at the margin.
.PP
\fBExamples:\fR
.PP
.RS 4
.nf
prog \-\-now
\&
prog \-x    # .later
.fi
.RE
.PP
\fBFlags:\fR
.TP
\fB\-\-now TIME\fR
when \e it\(aqs due
.TP
\fB\-a \-b \-c\fR
ignored
`

func TestRender(t *testing.T) {
	s := source(t)
	tests := map[string]string{
		`{{about "prog"}}`:                 "About prog.\n",
		`{{section "Flags" "prog" "run"}}`: wantRun[strings.Index(wantRun, ".TP\n\\fB\\-\\-now"):],
		`{{commands "prog"}}`:              wantRun,
		`{{globals "host"}}`:               ".TP\n\\fBsize\\fR\nBytes. Only while the configuration is read.\n.TP\n\\fBlisten(address)\\fR\nListens. Only while the configuration is read.\n",
	}
	for text, want := range tests {
		if got, err := s.Render("page", text); err != nil || got != want {
			t.Errorf("%s: %v\n%s", text, err, got)
		}
	}
	class, err := s.Render("page", `{{class "limiter"}}`)
	if err != nil || !strings.HasPrefix(class, ".TP\n\\fBkeys\\fR\nHow many") || !strings.Contains(class, "\\fBl:reset(key)\\fR\n") {
		t.Errorf("%v\n%s", err, class)
	}
	modules, err := s.Render("page", `{{modules}}`)
	if err != nil || !strings.HasPrefix(modules, ".SS limiter\n") || strings.Contains(modules, "listen") {
		t.Errorf("%v\n%s", err, modules)
	}
}

func TestRenderErrors(t *testing.T) {
	s := source(t)
	for text, want := range map[string]string{
		`{{`:                      "unclosed action",
		`{{about "other"}}`:       "no such program",
		`{{section "X" "prog"}}`:  `the help of prog has no section "X"`,
		`{{section "X" "other"}}`: "no such program",
		`{{commands "other"}}`:    "no such program",
		`{{globals "prog"}}`:      `there is no module "prog"`,
		`{{class "prog"}}`:        `there is no class "prog"`,
	} {
		if got, err := s.Render("page", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{"": "", ".PP": `\&.PP`, "'x": `\(aqx`, `a\b-c`: `a\eb\-c`} {
		if got := line(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
