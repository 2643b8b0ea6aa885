package main

import "fmt"

// counted is a number of things whose name takes an s: "1 trigger", "2 triggers".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// agreeing is the verb for a number of things.
func agreeing(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
