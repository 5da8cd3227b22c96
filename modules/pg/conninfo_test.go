package pg

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// clearEnv removes libpq's environment variables for the time of a test.
func clearEnv(t *testing.T) {
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "PG") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", t.TempDir())
}

func TestParseConnString(t *testing.T) {
	clearEnv(t)
	for _, c := range []struct {
		s        string
		host     string
		port     uint16
		database string
		user     string
		password string
	}{
		{"host=/run/pg dbname=a user=b", "/run/pg", 5432, "a", "b", ""},
		{"host = h port=7 dbname='a b' user=b", "h", 7, "a b", "b", ""},
		{`host=h user=b password='it\'s \\'`, "h", 5432, "b", "b", `it's \`},
		{"host=h1,h2 port=1,2 user=b dbname=a", "h1", 1, "a", "b", ""},
		{"host=@abstract user=b dbname=a", "@abstract", 5432, "a", "b", ""},
		{"hostaddr=127.0.0.1 user=b", "127.0.0.1", 5432, "b", "b", ""},
		{"postgres://b:p%40@h:7/a", "h", 7, "a", "b", "p@"},
		{"postgresql://b@%2Frun%2Fpg/a?connect_timeout=3", "/run/pg", 5432, "a", "b", ""},
		{"postgres:///a?host=/run/pg&user=b", "/run/pg", 5432, "a", "b", ""},
		{"postgres://b@/?hostaddr=::1", "::1", 5432, "b", "b", ""},
		{"postgres://b@h", "h", 5432, "b", "b", ""},
	} {
		cfg, err := parseConnString(c.s, "")
		if err != nil {
			t.Errorf("%s: %v", c.s, err)
			continue
		}
		if cfg.Host != c.host || cfg.Port != c.port || cfg.Database != c.database || cfg.User != c.user || cfg.Password != c.password {
			t.Errorf("%s: got host %q port %d database %q user %q password %q", c.s, cfg.Host, cfg.Port, cfg.Database, cfg.User, cfg.Password)
		}
	}
}

func TestParseConnStringErrors(t *testing.T) {
	clearEnv(t)
	for s, want := range map[string]string{
		"this is nonsense":                            "connection string:",
		"host=h nosuch=1":                             `invalid connection option "nosuch"`,
		"postgres://h/a?nosuch=1":                     `invalid connection option "nosuch"`,
		"host=h port=x":                               "invalid port",
		"host=h port=70000":                           "invalid port",
		"host=h1,h2,h3 port=1,2":                      "could not match 2 port numbers to 3 hosts",
		"host=h sslmode=nosuch":                       "sslmode is invalid",
		"host=h target_session_attrs=nosuch":          "target_session_attrs",
		"host=h connect_timeout=soon":                 "connect_timeout",
		"host=h keepalives_idle=soon":                 `invalid integer value "soon" for connection option "keepalives_idle"`,
		"host=h tcp_user_timeout=-1":                  `"tcp_user_timeout"`,
		"host=h gssencmode=require":                   "gssencmode=require is not supported",
		"host=h load_balance_hosts=random":            "load_balance_hosts=random is not supported",
		"host=h ssl_min_protocol_version=TLSv9":       `invalid TLS version "TLSv9"`,
		"host=h hostaddr=name":                        `hostaddr "name" is no IP address`,
		"host=h1,h2 hostaddr=1.2.3.4":                 "1 addresses in hostaddr for 2 hosts",
		"host=h ssl=true":                             `invalid connection option "ssl"`,
		"service=nosuch":                              "failed to read service",
		"host=h sslrootcert=/no/such sslmode=require": "/no/such",
	} {
		if _, err := parseConnString(s, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", s, err, want)
		}
	}
	_, err := parseConnString("host=h password=secret nosuch=1", "")
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the password shows: %v", err)
	}
}

func TestSessionParameters(t *testing.T) {
	clearEnv(t)
	for _, c := range []struct {
		s, schema string
		want      map[string]string
	}{
		{"host=h user=b", "", map[string]string{"application_name": "qrelay"}},
		{"host=h user=b", `my "schema"`, map[string]string{"application_name": "qrelay", "search_path": `"my ""schema"""`}},
		{"host=h user=b fallback_application_name=f", "", map[string]string{"application_name": "f"}},
		{"host=h user=b application_name=a fallback_application_name=f", "", map[string]string{"application_name": "a"}},
		{"host=h user=b client_encoding=auto options='-c geqo=off'", "", map[string]string{"application_name": "qrelay", "client_encoding": "UTF8", "options": "-c geqo=off"}},
		{"host=h user=b keepalives=0 gsslib=x gssencmode=disable sslcompression=0 requirepeer=b tcp_user_timeout=5", "", map[string]string{"application_name": "qrelay"}},
	} {
		cfg, err := parseConnString(c.s, c.schema)
		if err != nil {
			t.Errorf("%s: %v", c.s, err)
		} else if !maps.Equal(cfg.RuntimeParams, c.want) {
			t.Errorf("%s: got %v, want %v", c.s, cfg.RuntimeParams, c.want)
		}
	}
}

func TestEnvironmentAndFiles(t *testing.T) {
	clearEnv(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("PGHOST", "envhost")
	t.Setenv("PGUSER", "envuser")
	t.Setenv("PGCLIENTENCODING", "LATIN1")
	// The database is not named: libpq looks for that of the user's name.
	t.Setenv("PGPASSFILE", write("pass", "envhost:*:other:envuser:wrong\nenvhost:*:envuser:envuser:right\n"))
	cfg, err := parseConnString("", "")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Host != "envhost" || cfg.Database != "envuser" || cfg.Password != "right" || cfg.RuntimeParams["client_encoding"] != "LATIN1" {
		t.Errorf("got %q, %q, %q, %v", cfg.Host, cfg.Database, cfg.Password, cfg.RuntimeParams)
	}

	t.Setenv("PGSYSCONFDIR", dir)
	write("pg_service.conf", "[mail]\nhost=servicehost\ndbname=d\n")
	if cfg, err = parseConnString("service=mail", ""); err != nil {
		t.Fatal(err)
	}
	if cfg.Host != "servicehost" || cfg.Database != "d" {
		t.Errorf("got %q, %q", cfg.Host, cfg.Database)
	}

	t.Setenv("PGHOSTADDR", "127.0.0.9")
	if cfg, err = parseConnString("host=name", ""); err != nil {
		t.Fatal(err)
	}
	addrs, err := cfg.LookupFunc(t.Context(), "name")
	if err != nil || !slices.Equal(addrs, []string{"127.0.0.9"}) {
		t.Errorf("got %v, %v", addrs, err)
	}
}

// Variables for parameters that pgconn leaves to its callers.
func TestMoreEnvironment(t *testing.T) {
	clearEnv(t)
	for variable, c := range map[string]struct{ value, want string }{
		"PGREQUIREPEER":           {"nosuch-user", "requirepeer"},
		"PGGSSENCMODE":            {"require", "gssencmode=require is not supported"},
		"PGLOADBALANCEHOSTS":      {"random", "load_balance_hosts=random is not supported"},
		"PGSSLMINPROTOCOLVERSION": {"TLSv9", `invalid TLS version "TLSv9"`},
		"PGSSLMAXPROTOCOLVERSION": {"TLSv9", `invalid TLS version "TLSv9"`},
		"PGSSLCRL":                {"/some/list", "sslcrl (environment variable PGSSLCRL) is not supported"},
		"PGSSLCRLDIR":             {"/some", "sslcrldir (environment variable PGSSLCRLDIR) is not supported"},
		"PGDATESTYLE":             {"German", "German, DMY on"},
		"PGGEQO":                  {"off", "ISO, MDY off"},
	} {
		t.Setenv(variable, c.value)
		const sql = "SELECT current_setting('datestyle') || ' ' || current_setting('geqo')"
		if got := outcome(t, server.ConnString("postgres"), sql); !strings.Contains(got, c.want) {
			t.Errorf("%s: got %s, want %s", variable, got, c.want)
		}
		os.Unsetenv(variable)
	}
}

func TestConnectTimeout(t *testing.T) {
	clearEnv(t)
	for s, want := range map[string]time.Duration{
		"host=h":                   defaultConnectTimeout,
		"host=h connect_timeout=0": defaultConnectTimeout,
		"host=h connect_timeout=3": 3 * time.Second,
	} {
		if cfg, err := parseConnString(s, ""); err != nil || cfg.ConnectTimeout != want {
			t.Errorf("%s: got %v, %v", s, cfg.ConnectTimeout, err)
		}
	}
}

// The ways to the server that libpq knows all lead there.
func TestWaysToConnect(t *testing.T) {
	port := strconv.Itoa(server.Port)
	for _, s := range []string{
		server.ConnString("postgres"),
		server.TCPConnString("postgres", server.Port),
		"postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=prefer",
		"host=localhost hostaddr=127.0.0.1 user=postgres port=" + port,
		"host=/no/such,127.0.0.1 user=postgres port=" + port,
		"host=" + server.Dir + " user=postgres keepalives=0 requirepeer=" + owner(t) + " port=" + port,
	} {
		p := openPool(t, s)
		if got := cell(t, exec(t, p, "SELECT 1")); got != "1" {
			t.Errorf("%s: got %s", s, got)
		}
	}
	for name, value := range server.Env() {
		t.Setenv(name, value)
	}
	exec(t, openPool(t, ""), "SELECT 1")
}

// A parameter that is added arrives as it is, and overrides an earlier one.
func FuzzWith(f *testing.F) {
	for _, value := range []string{"", "a", "it's", `back\slash`, "a b", "%41", "grün", "a&b=c#d", "\x01\xff"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if value == "" || strings.IndexByte(value, 0) >= 0 {
			return
		}
		for _, s := range []string{"host=h dbname=x", "", "postgres://u@h/x", "postgresql://h/x?application_name=a"} {
			cfg, err := parse(with(s, "dbname", value))
			if err != nil || cfg.Database != value {
				t.Errorf("%q with dbname %q: %v", s, value, err)
			}
		}
	})
}
