package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// readFile reads a small file whole; what names it in errors.
func readFile(what, path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("read %s: %w", what, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return data, nil
}

// readSecret reads a secret from a file, without the newline at its end.
func readSecret(path string) ([]byte, error) {
	data, err := readFile("secret", path)
	if err != nil {
		return nil, err
	}
	secret := bytes.TrimRight(data, "\r\n")
	if len(secret) == 0 {
		return nil, fmt.Errorf("read secret: %s is empty", path)
	}
	return secret, nil
}
