package config

import (
	"regexp"
	"strings"
)

// A secret that somebody has typed into the file by mistake is told of like any other
// mistake, with the line it is in, and messages end up in logs.
var secret = regexp.MustCompile(`(?i)(\w*(?:password|passwd|passphrase|secret|token)\w*)(["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s,}\]#][^,}\]#]*)`)

// withoutSecrets is a line of the file with stars for the values of keys that sound like
// secrets, as long as these: what is said of the line has its column.
func withoutSecrets(line string) string {
	var b strings.Builder
	rest := 0
	for _, at := range secret.FindAllStringSubmatchIndex(line, -1) {
		if strings.HasSuffix(strings.ToLower(line[at[2]:at[3]]), "_file") {
			continue
		}
		value := strings.TrimRight(line[at[6]:at[7]], " \t\r")
		b.WriteString(line[rest:at[6]])
		b.WriteString(strings.Repeat("*", len([]rune(value))))
		rest = at[6] + len(value)
	}
	return b.String() + line[rest:]
}
