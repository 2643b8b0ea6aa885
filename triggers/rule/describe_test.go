package rule

import (
	"strings"
	"testing"
)

func TestDescriptionsReadWell(t *testing.T) {
	all := append(mustLoad(t, builtins(t)...).Triggers, mustLoad(t, archive(t, "testdata/all.good.yaml")...).Triggers...)
	var b strings.Builder
	for _, tr := range all {
		b.WriteString(Describe(tr))
	}
	golden(t, "testdata/descriptions", b.String())
}
