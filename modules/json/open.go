package json

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// openTables are the tables that contain each other and are being written. Few
// are searched one by one, many (hostile input may nest deeply) through a map.
type openTables struct {
	stack []*lua.LTable
	deep  map[*lua.LTable]struct{} // those above the first maxShallow
}

const maxShallow = 16

func (o *openTables) contains(t *lua.LTable) bool {
	_, found := o.deep[t]
	return found || slices.Contains(o.stack[:min(len(o.stack), maxShallow)], t)
}

func (o *openTables) push(t *lua.LTable) {
	if len(o.stack) >= maxShallow {
		if o.deep == nil {
			o.deep = make(map[*lua.LTable]struct{})
		}
		o.deep[t] = struct{}{}
	}
	o.stack = append(o.stack, t)
}

func (o *openTables) pop() {
	last := len(o.stack) - 1
	if last >= maxShallow {
		delete(o.deep, o.stack[last])
	}
	o.stack = o.stack[:last]
}
