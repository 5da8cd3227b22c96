package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A notice is what must be told about a module.
type notice struct {
	module
	license string // its SPDX identifier
	text    string
}

// textNames are the files of a module that belong to its notice, if they are
// there: Apache-2.0 asks for NOTICE too (4d).
var textNames = []string{"LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "COPYING", "NOTICE", "NOTICE.txt"}

// read finds the license of a module. It fails if there is none, or one that
// nobody has thought about yet.
func read(m module) (notice, error) {
	var texts []string
	for _, name := range textNames {
		text, err := os.ReadFile(filepath.Join(m.dir, name))
		if err == nil {
			texts = append(texts, clean(string(text)))
		} else if !os.IsNotExist(err) {
			return notice{}, err
		}
	}
	if len(texts) == 0 {
		return notice{}, fmt.Errorf("%s has none of %s in %s", m.path, strings.Join(textNames, ", "), m.dir)
	}
	license := identify(texts[0])
	if license == "" {
		return notice{}, fmt.Errorf("the license of %s is none of those that are known to be fine for programs under BSD-2-Clause; see it in %s", m.path, m.dir)
	}
	return notice{m, license, strings.Join(texts, "\n\n")}, nil
}

// clean removes what differs between copies of a text and means nothing.
func clean(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// signs are sentences that only one license has. The first that fits counts.
var signs = []struct {
	license   string
	sentences []string
}{
	{"Apache-2.0", []string{"Apache License", "Version 2.0, January 2004", "Grant of Patent License"}},
	{"MIT", []string{"Permission is hereby granted, free of charge, to any person", "The above copyright notice and this permission notice shall be included"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "endorse or promote products derived from"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms"}},
	{"ISC", []string{"Permission to use, copy, modify, and/or distribute this software for any purpose"}},
	{"Unlicense", []string{"This is free and unencumbered software released into the public domain"}},
}

// identify returns the SPDX identifier of a license text, "" if it is unknown.
func identify(text string) string {
	words := strings.Join(strings.Fields(text), " ")
	for _, sign := range signs {
		missing := func(sentence string) bool { return !strings.Contains(words, sentence) }
		if !slices.ContainsFunc(sign.sentences, missing) {
			return sign.license
		}
	}
	return ""
}
