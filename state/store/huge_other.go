//go:build !linux

package store

func preferHuge([]byte) {}
