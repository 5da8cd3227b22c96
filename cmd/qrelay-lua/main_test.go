package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const asProgram = "QRELAY_LUA_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// run runs the program and returns what it wrote to either stream.
func run(t *testing.T, args ...string) (output string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0 halt_on_error=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestAllModulesAreThere(t *testing.T) {
	script := `for _, name in ipairs{'socket', 'control_client', 'sodium', 'json', 'jwt', 'pg', 'pond'} do
		assert(type(_G[name]) == 'table' and require(name) == _G[name], name)
	end
	print(arg[0], qmqp_listen ~= nil)`
	if output, status := run(t, "-e", script); output != "qrelay-lua\ttrue\n" || status != 0 {
		t.Errorf("status %d, %s", status, output)
	}
}

func TestVersion(t *testing.T) {
	output, status := run(t, "-v")
	if !strings.HasPrefix(output, "qrelay-lua ") || strings.HasPrefix(output, "qrelay-lua ,") || status != 0 {
		t.Errorf("status %d, %s", status, output)
	}
}

func TestConfigurationWhoseDatabaseIsAway(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.lua")
	text := "local db = pg:new('host=127.0.0.1 port=1 dbname=x connect_timeout=5', nil, {wait_timeout = 1})\n" +
		"local accounts = assert(db:execute('SELECT 1'))\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	output, status := run(t, "--config", config)
	for _, want := range []string{"connection refused", "config.lua:2: in main chunk"} {
		if !strings.Contains(output, want) || status != 1 {
			t.Errorf("status %d, no %q in\n%s", status, want, output)
		}
	}
}
