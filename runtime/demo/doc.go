// Package demo shows a newcomer what qrelay does: a policy, a daemon that runs
// it, a next hop, and three mails with different fates. Nothing is simulated,
// and everything that the text claims is checked.
package demo
