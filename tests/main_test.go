package tests

import (
	"testing"

	"qrelay/tests/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
