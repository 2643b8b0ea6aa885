package rule

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// reviewedText is what a review says of files.
func reviewedText(t *testing.T, files []File, r *Review) string {
	t.Helper()
	set, list := Load(files, Options{Review: r})
	if set == nil {
		t.Errorf("warnings alone don't keep a set from loading: %v", list)
	}
	var b bytes.Buffer
	list.Print(&b)
	return b.String()
}

// What is named fine is not to be warned of.
func TestReviewWarnsOfWhatIsHardlyMeant(t *testing.T) {
	inTestdata(t, "*.review.txtar", func(t *testing.T, path string) {
		files := archive(t, path)
		got := reviewedText(t, files, &Review{Templates: []string{"order-confirmation", "a", "b", "c", "d", "e", "german", "others", "held", "sent"}})
		for line := range strings.Lines(got) {
			if strings.Contains(line, "fine-") && strings.Contains(line, "warning") && !strings.Contains(line, "list of templates") {
				t.Errorf("warned of without need: %s", line)
			}
		}
		golden(t, path+".out", got)
		if quiet := printed(files); quiet != "" {
			t.Errorf("nobody asked for a review:\n%s", quiet)
		}
	})
}

// One by one: beside each other some fight, as they are to.
func TestBuiltinsPassReviewAlone(t *testing.T) {
	for _, f := range builtins(t) {
		if out := reviewedText(t, []File{f}, &Review{}); out != "" {
			t.Errorf("%s", out)
		}
	}
}

func TestWarningsHideNoMistake(t *testing.T) {
	var b strings.Builder
	for i := range 2 * maxMistakes {
		fmt.Fprintf(&b, "name: t%d\nstart: {schedule: \"0 10 * * *\"}\nsteps: []\n---\n", i)
	}
	files := []File{{Path: "t.yaml", Data: []byte(b.String())}}
	set, list := Load(files, Options{Review: &Review{}})
	if set == nil || len(list) != maxMistakes+1 || !strings.HasPrefix(list[maxMistakes].Message, "more than 100 warnings") {
		t.Errorf("%d warnings, the last %v", len(list), list[len(list)-1])
	}
	files[0].Data = append(files[0].Data, "name: last\nstart: {on: order.placed}\nstepps: []\n"...)
	if set, list := Load(files, Options{Review: &Review{}}); set != nil || !list.Failed() {
		t.Error("the mistake after them is not told")
	}
}
