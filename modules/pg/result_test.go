package pg

import (
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// row reads all values of the next row.
func row(t *testing.T, r *result) []text {
	t.Helper()
	reader, ok := r.fetch()
	if !ok {
		t.Fatal("no more rows")
	}
	var values []text
	for range r.columns {
		values = append(values, reader.value())
	}
	return values
}

func TestCollector(t *testing.T) {
	c := &collector{limit: 1 << 20}
	c.begin([]string{"old"})
	c.add([][]byte{[]byte("dropped")})
	c.finish("SELECT 1")
	c.begin([]string{"a", "b"})
	c.add([][]byte{[]byte("x"), nil})
	c.add([][]byte{{}, []byte("y\x00z")})
	c.finish("SELECT 2")

	r := c.last
	if r.affected != 2 || c.count != 2 || len(r.rows) != 2 {
		t.Errorf("affected %d, count %d, rows %d", r.affected, c.count, len(r.rows))
	}
	if got, want := row(t, r), texts("x", "<null>"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := row(t, r), texts("", "y\x00z"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, ok := r.fetch(); ok {
		t.Error("a row after the last")
	}
}

func TestCollectorWithoutRows(t *testing.T) {
	c := &collector{}
	c.finish("INSERT 0 5")
	if c.last.affected != 5 || len(c.last.rows) != 0 || len(c.last.columns) != 0 {
		t.Errorf("got %+v", c.last)
	}
	c.finish("")
	if c.last.affected != 0 {
		t.Errorf("got %+v", c.last)
	}
}

func TestCollectorLimit(t *testing.T) {
	c := &collector{limit: 3 * (rowOverhead + 4 + 10)}
	c.begin([]string{"a"})
	value := [][]byte{make([]byte, 10)}
	for range 3 {
		if err := c.add(value); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.add(value); err == nil || !strings.Contains(err.Error(), "max_result_size") {
		t.Errorf("the limit is exceeded, but: %v", err)
	}
}

func TestCollectorUnannouncedRow(t *testing.T) {
	c := &collector{limit: 1 << 20}
	if err := c.add([][]byte{nil}); err == nil {
		t.Error("a row without columns was taken")
	}
	c.begin([]string{"a", "b"})
	if err := c.add([][]byte{nil}); err == nil {
		t.Error("a row with too few values was taken")
	}
}

// A short value must not keep a long row in memory.
func TestValueOfLargeRow(t *testing.T) {
	c := &collector{limit: 1 << 20}
	long := strings.Repeat("x", smallRow)
	c.begin([]string{"short", "long"})
	c.add([][]byte{[]byte("key"), []byte(long)})
	c.finish("SELECT 1")
	reader, _ := c.last.fetch()
	short, large := reader.value(), reader.value()
	if short.s != "key" || large.s != long {
		t.Errorf("got %v, %v", short, large)
	}
	whole := c.last.rows[0]
	if begin, at := address(whole), address(short.s); at >= begin && at < begin+uintptr(len(whole)) {
		t.Error("the short value lies within the row")
	}
	if begin, at := address(whole), address(large.s); at < begin || at >= begin+uintptr(len(whole)) {
		t.Error("the long value was copied")
	}
}

func address(s string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(s))) }
