package submit

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseArguments(t *testing.T) {
	ann := "ann@example.com"
	empty := ""
	tests := []struct {
		args string
		want arguments
	}{
		{"", arguments{}},
		{"a b", arguments{recipients: []string{"a", "b"}}},
		{"-t -i", arguments{fromHeader: true, ignoreDots: true}},
		{"-ti", arguments{fromHeader: true, ignoreDots: true}},
		{"-oi -ot", arguments{fromHeader: true, ignoreDots: true}},
		{"-o i", arguments{ignoreDots: true}},
		{"-FCronDaemon -i -B8BITMIME -oem root", arguments{ignoreDots: true, recipients: []string{"root"}}},
		{"-f ann@example.com -oem -odb -- -x", arguments{sender: &ann, recipients: []string{"-x"}}},
		{"a -fann@example.com b", arguments{sender: &ann, recipients: []string{"a", "b"}}},
		{"-itfann@example.com", arguments{sender: &ann, ignoreDots: true, fromHeader: true}},
		{"-r ann@example.com -N never -R hdrs -V id -bm -v -U -G -h 3 -L tag -A c -X log x",
			arguments{sender: &ann, verbose: true, recipients: []string{"x"}}},
		{"-f  x", arguments{sender: &empty, recipients: []string{"x"}}},
		{"--to @q --timeout 90s", arguments{to: "@q", timeout: 90 * time.Second}},
		{"--to=host:1 -", arguments{to: "host:1", recipients: []string{"-"}}},
	}
	for _, test := range tests {
		got, err := parseArguments(splitArgs(test.args))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: got %+v, %v; want %+v", test.args, got, err, test.want)
		}
	}
}

// splitArgs splits at each blank, so that two blanks make an empty argument.
func splitArgs(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, " ")
}

func TestParseArgumentsErrors(t *testing.T) {
	tests := []struct{ args, want string }{
		{"-Z", "unknown option -Z"},
		{"-tiZ", "unknown option -Z"},
		{"-:", "unknown option -:"},
		{"-f", "option -f needs a value"},
		{"-tf", "option -f needs a value"},
		{"--nonsense", "unknown option --nonsense; the long options are --to"},
		{"--to", "--to needs a value"},
		{"--to=", "--to needs the address"},
		{"--timeout 5", `"5" is no duration`},
		{"--timeout=-5s", `"-5s" is no duration`},
		{"-bd", "-bd (running as a daemon) is not supported; only -bm is"},
		{"-b p", "-bp (listing a queue)"},
		{"-bz", "-bz (unknown mode)"},
		{"-q", "option -q: there is no queue"},
	}
	for _, test := range tests {
		got, err := parseArguments(splitArgs(test.args))
		if err == nil || !strings.Contains(err.Error(), test.want) || exitStatus(err) != ExitUsage {
			t.Errorf("%q: got %+v, %v; want the usage error %q", test.args, got, err, test.want)
		}
	}
}

func FuzzParseArguments(f *testing.F) {
	f.Add("-t\x00-i\x00--\x00a")
	f.Add("--to\x00@x\x00-fa\x00b")
	f.Add("-q")
	f.Fuzz(func(t *testing.T, joined string) {
		args := strings.Split(joined, "\x00")
		a, err := parseArguments(args)
		if err == nil && len(a.recipients) > len(args) {
			t.Errorf("%q: recipients %q", args, a.recipients)
		}
		if err != nil && err != errHelp && exitStatus(err) != ExitUsage {
			t.Errorf("%q: %v is no usage error", args, err)
		}
	})
}
