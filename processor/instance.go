package processor

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/beckon-io/beckon/processor/topics"
)

// LoadInstance reads a process's name from its state directory, or makes one up
// and keeps it there. The store locks that directory, so no two processes that
// run at once share a name, and one that starts again on it fences the
// transactions of its former self. Losing the directory loses the name too:
// what the former self left open then ends by the transaction timeout. So does one whose
// file holds no name, as after a crash of the machine.
func LoadInstance(dir string) (string, error) {
	path := filepath.Join(dir, "instance")
	b, err := os.ReadFile(path)
	if err == nil {
		if name := strings.TrimSpace(string(b)); topics.LegalName(name) {
			return name, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the instance's name: %w", err)
	}
	var random [6]byte
	rand.Read(random[:])
	name := hex.EncodeToString(random[:])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("keep the instance's name: %w", err)
	}
	if err := os.WriteFile(path, []byte(name+"\n"), 0o644); err != nil {
		return "", fmt.Errorf("keep the instance's name: %w", err)
	}
	return name, nil
}
