package pg

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// parameters are those that pgconn does not know and would send to the server.
type parameters struct {
	m map[string]string
}

// take removes a parameter and returns its value, def if it is not set.
func (p parameters) take(name, def string) string {
	value, ok := p.m[name]
	if !ok || value == "" {
		value = def
	}
	delete(p.m, name)
	return value
}

// variables are libpq's variables for parameters that pgconn does not know.
// https://www.postgresql.org/docs/current/libpq-envars.html
var variables = map[string]string{
	"client_encoding": "PGCLIENTENCODING", "datestyle": "PGDATESTYLE", "geqo": "PGGEQO",
	"requirepeer": "PGREQUIREPEER", "gssencmode": "PGGSSENCMODE", "load_balance_hosts": "PGLOADBALANCEHOSTS",
	"ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION", "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
	"sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR",
}

// complete sets parameters that are not set from the environment.
func (p parameters) complete() {
	for name, variable := range variables {
		if value := os.Getenv(variable); value != "" && p.m[name] == "" {
			p.m[name] = value
		}
	}
}

// unsupported refuses what would weaken security or change behaviour if it
// were ignored, and drops what may be.
func (p parameters) unsupported() error {
	if v := p.take("gssencmode", "prefer"); v != "prefer" && v != "disable" {
		return fmt.Errorf("connection string: gssencmode=%s is not supported (prefer or disable)", v)
	}
	if v := p.take("load_balance_hosts", "disable"); v != "disable" {
		return fmt.Errorf("connection string: load_balance_hosts=%s is not supported (only disable)", v)
	}
	for _, name := range []string{"sslcrl", "sslcrldir"} {
		if p.take(name, "") != "" {
			return fmt.Errorf("connection string: %s (environment variable %s) is not supported", name, variables[name])
		}
	}
	if _, ok := p.m["ssl"]; ok { // in a URL pgconn has turned it into sslmode
		return errors.New(`connection string: invalid connection option "ssl" (sslmode=require is meant)`)
	}
	for _, name := range []string{"gssdelegation", "gsslib", "sslcompression"} {
		p.take(name, "")
	}
	return nil
}

// session sets what the session on the server starts with.
func (p parameters) session(schema string) {
	name := p.take("fallback_application_name", "qrelay")
	p.m["application_name"] = p.take("application_name", name)
	if v := p.take("client_encoding", ""); v == "auto" {
		p.m["client_encoding"] = "UTF8"
	} else if v != "" {
		p.m["client_encoding"] = v
	}
	if schema != "" {
		p.m["search_path"] = quoteIdentifier(schema)
	}
}

// quoteIdentifier returns a name as SQL reads it back: case kept, any
// character allowed.
func quoteIdentifier(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// tlsVersions applies ssl_min_protocol_version and ssl_max_protocol_version.
func (p parameters) tlsVersions(cfg *pgconn.Config) error {
	lowest, err := tlsVersion(p.take("ssl_min_protocol_version", ""))
	if err != nil {
		return err
	}
	highest, err := tlsVersion(p.take("ssl_max_protocol_version", ""))
	if err != nil {
		return err
	}
	configs := []*tls.Config{cfg.TLSConfig}
	for _, f := range cfg.Fallbacks {
		configs = append(configs, f.TLSConfig)
	}
	for _, c := range configs {
		if c != nil {
			c.MinVersion, c.MaxVersion = lowest, highest
		}
	}
	return nil
}

func tlsVersion(name string) (uint16, error) {
	switch strings.ToLower(name) {
	case "":
		return 0, nil
	case "tlsv1":
		return tls.VersionTLS10, nil
	case "tlsv1.1":
		return tls.VersionTLS11, nil
	case "tlsv1.2":
		return tls.VersionTLS12, nil
	case "tlsv1.3":
		return tls.VersionTLS13, nil
	}
	return 0, fmt.Errorf("connection string: invalid TLS version %q (TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3)", name)
}
