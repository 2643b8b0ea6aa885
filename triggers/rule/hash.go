package rule

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

// hashBytes of a set's hash are shown: sets are few, and people compare them.
const hashBytes = 6

// hashOf is the hash of a set: its triggers with what their versions leave out
// but running them does not, and the other files as they are written.
func hashOf(triggers []*Trigger, files [][]byte) string {
	h := sha256.New()
	put := func(part []byte) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	for _, t := range triggers {
		put([]byte(t.Name))
		put(t.Source)
		put(fmt.Appendf(nil, "%t %d %d", t.Enabled, t.Migrate, t.Rollout))
	}
	files = slices.Clone(files)
	slices.SortFunc(files, bytes.Compare)
	for _, f := range files {
		put(f)
	}
	return hex.EncodeToString(h.Sum(nil)[:hashBytes])
}
