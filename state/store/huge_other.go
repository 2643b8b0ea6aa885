//go:build !linux

package store

func preferHuge[T any]([]T) {}
