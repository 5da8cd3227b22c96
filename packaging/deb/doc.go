// Package deb has the Debian package: what it consists of, and its tests. It is
// a module of its own because nfpm, which makes the package, needs far more
// modules than the programs do.
package deb
