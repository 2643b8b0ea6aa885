package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/beckon-io/beckon/cmd/internal/config"
)

// A line says the same in both formats.
func TestDurationsInLogs(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var b strings.Builder
		newLogger(&b, &config.Log{Level: "info", Format: format}).Info("task restored", "took", 1500*time.Millisecond, "records", 12)
		line := b.String()
		if format == "text" {
			if !strings.Contains(line, " took=1.5s records=12") {
				t.Errorf("%s", line)
			}
			continue
		}
		var got struct {
			Took    string `json:"took"`
			Records int    `json:"records"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.Took != "1.5s" || got.Records != 12 {
			t.Errorf("%s%v", line, err)
		}
	}
}
