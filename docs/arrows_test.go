package docs

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A goPackage is what the go command tells about a package.
type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	output, err := exec.Command("go", "list", "-json=ImportPath,Imports", "qrelay/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// forbidden tells why one package must not import another, if it must not.
func forbidden(from, to string) (why string) {
	ours := within(to, "qrelay")
	switch {
	case slices.Contains([]string{"qrelay/runtime/qmqp", "qrelay/runtime/mail"}, from) && (ours || strings.Contains(to, ".")):
		return "the standard library is all that protocol and mail need"
	case from == "qrelay/runtime/dialect" && ours:
		return "the dialect knows nothing of ours"
	case within(from, "qrelay/modules") && from != "qrelay/modules" && within(to, "qrelay/modules") && from+to != "qrelay/modules/jwtqrelay/modules/json":
		return "no module imports another"
	case within(from, "qrelay/modules") && within(to, "qrelay/runtime/relay"):
		return "modules do not know the relay"
	case from == "qrelay/runtime" && ours && !slices.Contains([]string{"address", "dialect", "inspect"}, strings.TrimPrefix(to, "qrelay/runtime/")):
		return "the engine knows nothing of mail"
	case within(from, "qrelay/runtime") && (within(to, "qrelay/modules") || within(to, "qrelay/cmd")):
		return "the runtime knows neither modules nor programs"
	case within(to, "qrelay/cmd") || within(to, "qrelay/tests") && from != "qrelay/docs":
		return "nobody imports programs and tests"
	}
	return ""
}

func TestArrowsPointOneWay(t *testing.T) {
	all := packages(t)
	if len(all) < 20 {
		t.Fatalf("only %d packages", len(all))
	}
	for _, p := range all {
		for _, imported := range p.Imports {
			if why := forbidden(p.ImportPath, imported); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, why)
			}
		}
	}
}

func TestForbidden(t *testing.T) {
	for arrow, want := range map[string]bool{
		"qrelay/runtime/mail strings":              false,
		"qrelay/runtime/mail golang.org/x/net":     true,
		"qrelay/runtime/qmqp qrelay/runtime/sock":  true,
		"qrelay/runtime/dialect qrelay/runtime":    true,
		"qrelay/runtime qrelay/runtime/dialect":    false,
		"qrelay/runtime qrelay/runtime/relay":      true,
		"qrelay/runtime/relay qrelay/runtime":      false,
		"qrelay/runtime/relay qrelay/modules/json": true,
		"qrelay/modules qrelay/modules/json":       false,
		"qrelay/modules/jwt qrelay/modules/json":   false,
		"qrelay/modules/json qrelay/modules/jwt":   true,
		"qrelay/modules/json qrelay/runtime/relay": true,
		"qrelay/modules/json qrelay/runtime":       false,
		"qrelay/cmd/qrelay qrelay/modules":         false,
		"qrelay/runtime/sink qrelay/cmd/qrelay":    true,
		"qrelay/runtime/sink qrelay/tests/harness": true,
	} {
		from, to, _ := strings.Cut(arrow, " ")
		if got := forbidden(from, to) != ""; got != want {
			t.Errorf("%s: %v", arrow, got)
		}
	}
}
