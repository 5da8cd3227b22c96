package deb

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// builds are two packages of the same source. The first was built in a checkout.
// The second was built elsewhere in an exported tree, by somebody who lets nobody
// read his files, on the other side of the world.
var builds [2]string

const (
	checkout = `umask 022; export TZ=UTC GOFLAGS=-buildvcs=true GIT_COMMITTER_DATE="1750000000 +0000"
		git init -q . && git add -A && git -c user.name=n -c user.email=e commit -q -m first`
	export = `umask 077; export TZ=Pacific/Auckland LC_ALL=C HOSTNAME=other GIT_CEILING_DIRECTORIES=/
		touch -d @1750000000 go.mod`
)

func TestMain(m *testing.M) {
	if onMachine() {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "qrelay-deb-")
	first, second := filepath.Join(dir, "a"), filepath.Join(dir, "some", "other", "place")
	if err == nil {
		err = errors.Join(copySource("../..", first), copySource(first, second))
	}
	if err == nil {
		builds[0], err = build(first, checkout)
	}
	if err == nil {
		builds[1], err = build(second, export)
	}
	status := 1
	if err == nil {
		status = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	os.RemoveAll(dir)
	os.Exit(status)
}

// build builds the package in a folder with the source.
func build(dir, prepare string) (deb string, err error) {
	cmd := exec.Command("sh", "-c", "set -e; unset SOURCE_DATE_EPOCH MAKEFLAGS\n"+prepare+"\nexec make -C packaging deb VERSION=v1.2.3-rc1")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make deb: %w\n%s", err, out)
	}
	debs, err := filepath.Glob(filepath.Join(dir, "dist", "*.deb"))
	if err != nil || len(debs) != 1 {
		return "", fmt.Errorf("make deb built %q (%v)", debs, err)
	}
	return debs[0], nil
}

// copySource copies a checkout without what git and earlier builds left.
func copySource(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case name == ".git" && !entry.IsDir(): // a linked working tree has a file
			return nil
		case name == ".git" || name == "bin" || name == "dist":
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		return copyFile(path, filepath.Join(to, name))
	})
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, info.Mode())
}

func TestReproducible(t *testing.T) {
	var packages [2][]byte
	for i, path := range builds {
		var err error
		if packages[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Equal(packages[0], packages[1]) {
		return
	}
	t.Error("two builds differ")
	for _, path := range builds {
		sums, err := exec.Command("sh", "-c", `sha256sum "$1"; dpkg-deb -I "$1"; dpkg-deb -c "$1"; dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/bin/qrelay | sha256sum`, "sh", path).CombinedOutput()
		t.Logf("%s (%v)", sums, err)
	}
}

func TestVersion(t *testing.T) {
	versions := []string{"abc1234", "0abc123-dirty", "unknown", "v0.9.0", "v1.0.0-beta2", "v1.0.0-rc1", "v1.0.0-rc1-2-g0abc123", "1.0.0", "v1.0.0-7-g0abc123-dirty", "v1.0.1"}
	debian := make([]string, len(versions))
	for i, version := range versions {
		out, err := exec.Command("make", "-s", "--no-print-directory", "-C", "..", "version", "VERSION="+version).Output()
		if err != nil {
			t.Fatal(err)
		}
		debian[i] = strings.TrimSpace(string(out))
	}
	for _, order := range [][2]int{{0, 3}, {1, 3}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 8}, {8, 9}} {
		a, b := debian[order[0]], debian[order[1]]
		if out, err := exec.Command("dpkg", "--compare-versions", a, "lt", b).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s is not less than %s: %v %s", a, b, err, out)
		}
	}
}
