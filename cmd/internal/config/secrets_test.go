package config

import (
	"strings"
	"testing"
)

func TestSecretsAreNotSaid(t *testing.T) {
	for line, want := range map[string]string{
		`  sasl: {mechanism: plain, user: u, password: geheim}`: `  sasl: {mechanism: plain, user: u, password: ******}`,
		`kafka_password: geheim # of ana`:                       `kafka_password: ****** # of ana`,
		`kafka_password: geheim` + "\r":                         `kafka_password: ******` + "\r",
		`  "Token": "a b, c", user: "u"`:                        `  "Token": ********, user: "u"`,
		`secret: 'open`:                                         `secret: *****`,
		`password: grün, token: b`:                              `password: ****, token: *`,
		`secret_file: /run/secrets/codes`:                       `secret_file: /run/secrets/codes`,
		`password_file: a, password: b`:                         `password_file: a, password: *`,
		`password:`:                                             `password:`,
		`topic: tokens`:                                         `topic: tokens`,
	} {
		if got := withoutSecrets(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	_, found := Load("beckon.yaml", []byte("app: shop\nkafka: {brokers: [a:9092], password: geheim}\nsources: [{topic: orders}]\n"), nil)
	var said strings.Builder
	if err := found.Print(&said); err != nil {
		t.Fatal(err)
	}
	if !found.Failed() || strings.Contains(said.String(), "geheim") {
		t.Errorf("said: %s", said.String())
	}
}
