package pg

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// defaultConnectTimeout applies where connect_timeout is not set, or 0: a
// daemon has no use for waiting for ever.
const defaultConnectTimeout = 10 * time.Second

// keywords are libpq's connection parameters that qrelay understands or may
// ignore without harm.
// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
var keywords = []string{
	"host", "hostaddr", "port", "dbname", "user", "password", "passfile", "require_auth", "channel_binding",
	"connect_timeout", "client_encoding", "options", "application_name", "fallback_application_name",
	"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	"gssencmode", "gssdelegation", "gsslib", "krbsrvname",
	"sslmode", "sslnegotiation", "sslcompression", "sslcert", "sslkey", "sslpassword", "sslcertmode",
	"sslrootcert", "sslsni", "ssl_min_protocol_version", "ssl_max_protocol_version", "ssl",
	"requirepeer", "min_protocol_version", "max_protocol_version", "service", "servicefile",
	"target_session_attrs", "load_balance_hosts",
}

// parseConnString reads a connection string of libpq, keyword/value or URL,
// with libpq's environment variables and files as defaults. Names are looked
// up in schema unless that is empty.
func parseConnString(s, schema string) (*pgconn.Config, error) {
	cfg, err := parse(s)
	if err != nil {
		return nil, err
	}
	addrs := cfg.RuntimeParams["hostaddr"]
	if addrs == "" {
		addrs = os.Getenv("PGHOSTADDR")
	}
	complete := s
	if addrs != "" && isSocket(cfg.Host) {
		complete = with(complete, "host", addrs)
	}
	// libpq's default for dbname counts in the password file, too.
	if cfg.Database == "" && cfg.User != "" {
		complete = with(complete, "dbname", cfg.User)
	}
	if complete != s {
		if cfg, err = parse(complete); err != nil {
			return nil, err
		}
	}
	p := parameters{cfg.RuntimeParams}
	p.complete()
	d, err := p.dialer()
	if err != nil {
		return nil, err
	}
	if err := p.unsupported(); err != nil {
		return nil, err
	}
	if err := p.tlsVersions(cfg); err != nil {
		return nil, err
	}
	if cfg.LookupFunc, err = lookup(cfg, p.take("hostaddr", addrs)); err != nil {
		return nil, err
	}
	cfg.DialFunc = d.dial
	p.session(schema)
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = defaultConnectTimeout
	}
	return cfg, nil
}

// isSocket tells the directory of a unix socket, or an abstract one, from a
// host's name.
func isSocket(host string) bool { return filepath.IsAbs(host) || strings.HasPrefix(host, "@") }

// parse is pgconn's parser, which takes unknown keywords for settings of the
// server, with libpq's strictness. A service is looked for in the system's
// service file, too.
func parse(s string) (*pgconn.Config, error) {
	options := pgconn.ParseConfigOptions{ConnStringAllowedKeys: keywords}
	cfg, err := pgconn.ParseConfigWithOptions(s, options)
	if err != nil && strings.Contains(err.Error(), "failed to read service") {
		if system, e := pgconn.ParseConfigWithOptions(with(s, "servicefile", systemServiceFile()), options); e == nil {
			return system, nil
		}
	}
	if err == nil {
		return cfg, nil
	}
	if _, unknown, ok := strings.Cut(err.Error(), ": connection string key "); ok {
		name, _, _ := strings.Cut(unknown, " is not in ")
		return nil, fmt.Errorf("connection string: invalid connection option %s (libpq's parameter key words are known)", name)
	}
	return nil, fmt.Errorf("connection string: %w", err)
}

func systemServiceFile() string {
	dir := os.Getenv("PGSYSCONFDIR")
	if dir == "" {
		dir = "/etc/postgresql-common" // as Debian builds libpq
	}
	return filepath.Join(dir, "pg_service.conf")
}

// with returns the connection string s with one more parameter, which
// overrides an earlier one of the same name.
func with(s, key, value string) string {
	if strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://") {
		separator := "?"
		if strings.Contains(s, "?") {
			separator = "&"
		}
		return s + separator + key + "=" + percentEncode(value)
	}
	return s + " " + key + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// percentEncode encodes every byte, because libpq's URLs differ from RFC 3986
// in what needs it.
func percentEncode(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// lookup resolves host names: by hostaddr if that is given, a list parallel
// to the hosts, else by the system's resolver. Abstract sockets (@name) are
// left alone.
func lookup(cfg *pgconn.Config, addrs string) (pgconn.LookupFunc, error) {
	known := map[string][]string{}
	if addrs != "" {
		list := strings.Split(addrs, ",")
		hosts := hostList(cfg)
		if len(list) != len(hosts) {
			return nil, fmt.Errorf("connection string: %d addresses in hostaddr for %d hosts", len(list), len(hosts))
		}
		for i, addr := range list {
			if net.ParseIP(addr) == nil {
				return nil, fmt.Errorf("connection string: hostaddr %q is no IP address", addr)
			}
			known[hosts[i]] = append(known[hosts[i]], addr)
		}
	}
	return func(ctx context.Context, host string) ([]string, error) {
		if addrs, ok := known[host]; ok {
			return addrs, nil
		}
		if strings.HasPrefix(host, "@") {
			return []string{host}, nil
		}
		return net.DefaultResolver.LookupHost(ctx, host)
	}, nil
}

// hostList returns the hosts of cfg, which has one entry for each way to
// connect to one.
func hostList(cfg *pgconn.Config) []string {
	hosts := []string{cfg.Host}
	last := pgconn.FallbackConfig{Host: cfg.Host, Port: cfg.Port}
	for _, f := range cfg.Fallbacks {
		if f.Host != last.Host || f.Port != last.Port {
			hosts = append(hosts, f.Host)
		}
		last = *f
	}
	return hosts
}
