// Package status asks a running daemon what it is doing, and shows it: the mails
// in flight, in a table for people or as JSON.
package status
