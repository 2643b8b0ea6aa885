package rule

import (
	"strings"
	"testing"
)

func TestDescriptionsReadWell(t *testing.T) {
	all, err := Builtins()
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, mustLoad(t, archive(t, "testdata/all.good.yaml")...).Triggers...)
	var b strings.Builder
	for _, tr := range all {
		b.WriteString(Describe(tr))
	}
	golden(t, "testdata/descriptions", b.String())
}
