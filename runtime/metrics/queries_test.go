package metrics

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// served returns the names of all series that a daemon with a mail behind it
// serves, and of their labels.
func served(t *testing.T) (names, labels map[string]bool) {
	t.Helper()
	b := start(t, "db = db or pg:new('dbname=x') return m:discard()")
	b.mail("a@example.com")
	b.has("qrelay_mail_duration_seconds_count 1")
	_, text := b.get("/metrics")
	names, labels = map[string]bool{}, map[string]bool{"instance": true, "job": true}
	series := regexp.MustCompile(`^(\w+)(?:\{(.*)\})? `)
	for line := range strings.Lines(text) {
		if m := series.FindStringSubmatch(line); m != nil {
			names[m[1]] = true
			for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
				labels[l[1]] = true
			}
		}
	}
	return names, labels
}

// expressions returns the values of all keys "expr" in parsed JSON.
func expressions(v any) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if text, ok := value.(string); ok && key == "expr" {
				all = append(all, text)
			}
			all = append(all, expressions(value)...)
		}
	case []any:
		for _, value := range v {
			all = append(all, expressions(value)...)
		}
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func dashboardQueries(t *testing.T) []string {
	t.Helper()
	var dashboard any
	if err := json.Unmarshal([]byte(read(t, "../../contrib/grafana/qrelay.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	return expressions(dashboard)
}

func alertQueries(t *testing.T) (all []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?m)^        expr: (?:\|-\n((?:          .*\n)+)|(.*)\n)`).FindAllStringSubmatch(read(t, "../../contrib/prometheus/alerts.yml"), -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}

var (
	quoted    = regexp.MustCompile(`"[^"]*"`)
	duration  = regexp.MustCompile(`\[[^\]]*\]`)
	grouping  = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`)
	selectors = regexp.MustCompile(`\{([^}]*)\}`)
	function  = regexp.MustCompile(`\b[a-z_]+\s*\(`)
	word      = regexp.MustCompile(`[a-zA-Z_]\w*`)
)

// namesIn returns the metrics and the labels that a query uses.
func namesIn(query string) (metrics, labels []string) {
	query = duration.ReplaceAllString(quoted.ReplaceAllString(query, ""), "")
	for _, part := range []*regexp.Regexp{grouping, selectors} {
		for _, m := range part.FindAllStringSubmatch(query, -1) {
			labels = append(labels, word.FindAllString(m[1], -1)...)
		}
		query = part.ReplaceAllString(query, " ")
	}
	query = regexp.MustCompile(`\b(?:sum|max|min|avg|count) `).ReplaceAllString(query, "")
	return word.FindAllString(function.ReplaceAllString(query, "("), -1), labels
}

func TestNamesIn(t *testing.T) {
	metrics, labels := namesIn(`histogram_quantile(0.95, sum by (le, instance) (rate(a_bucket{stage="x y",b=~"$c"}[10m]))) > 1 and sum(b_total) / 2`)
	if strings.Join(metrics, " ") != "a_bucket and b_total" || strings.Join(labels, " ") != "le instance stage b" {
		t.Errorf("got %q, %q", metrics, labels)
	}
}

// Dashboard and alerts ask for what there is.
func TestQueriesFindSomething(t *testing.T) {
	names, labels := served(t)
	names["up"] = true // Prometheus' own
	for file, queries := range map[string][]string{"dashboard": dashboardQueries(t), "alerts": alertQueries(t)} {
		if want := strings.Count(read(t, "../../contrib/prometheus/alerts.yml"), "- alert:"); len(queries) < want {
			t.Errorf("%s: %d queries", file, len(queries))
		}
		for _, query := range queries {
			metrics, used := namesIn(query)
			if len(metrics) == 0 {
				t.Errorf("%s: no metric in %s", file, query)
			}
			for _, name := range metrics {
				if !names[name] {
					t.Errorf("%s: there is no metric %s: %s", file, name, query)
				}
			}
			for _, label := range used {
				if !labels[label] {
					t.Errorf("%s: there is no label %s: %s", file, label, query)
				}
			}
		}
	}
}

// The manual has every metric of ours, and no other.
func TestManualHasEveryMetric(t *testing.T) {
	names, _ := served(t)
	suffix := regexp.MustCompile(`_(bucket|sum|count)$`)
	want := map[string]bool{}
	for name := range names {
		if strings.HasPrefix(name, "qrelay_") {
			want[suffix.ReplaceAllString(name, "")] = true
		}
	}
	got := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(qrelay_\\w+)").FindAllStringSubmatch(read(t, "../../docs/monitoring.md"), -1) {
		got[m[1]] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("the manual has\n%q\nwant\n%q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}
