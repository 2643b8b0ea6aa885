package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// certificate makes one that vouches for itself, for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// createTopicsAs runs `topics create` with the environment and gives its exit status
// and messages.
func createTopicsAs(t *testing.T, env map[string]string) (status int, messages string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, value := range env {
		t.Setenv("BECKON_"+name, value)
	}
	out, err := os.Create("out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	status = run(t.Context(), []string{"topics", "create"}, streams{os.Stdin, out, out})
	text, err := os.ReadFile("out")
	if err != nil {
		t.Fatal(err)
	}
	return status, string(text)
}

func TestBrokersAskWhoItIs(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, ca := certificate(t)
	right, caFile := file("right", "pass word\n"), file("ca.pem", string(ca))
	for _, mechanism := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"), kfake.EnableSASL(),
			kfake.Superuser(strings.ToUpper(mechanism), "shop", "pass word"), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}))
		if err != nil {
			t.Fatal(err)
		}
		defer cluster.Close()
		env := func(passwordFile, caFile string) map[string]string {
			return map[string]string{
				"KAFKA_BROKERS": cluster.ListenAddrs()[0], "SOURCES_0_TOPIC": "orders",
				"KAFKA_TLS": "true", "KAFKA_TLS_CA_FILE": caFile,
				"KAFKA_SASL_MECHANISM": mechanism, "KAFKA_SASL_USER": "shop", "KAFKA_SASL_PASSWORD_FILE": passwordFile,
			}
		}
		for _, c := range []struct {
			name, password, ca string
			status             int
			said               string
		}{
			{"let in", right, caFile, exitDone, "beckon.commands"},
			{"a stranger's certificate", right, "", exitWrong, "x509"},
			{"no password there", filepath.Join(dir, "none"), caFile, exitUsage, "kafka.sasl.password_file"},
		} {
			t.Run(mechanism+", "+c.name, func(t *testing.T) {
				status, said := createTopicsAs(t, env(c.password, c.ca))
				if status != c.status || !strings.Contains(said, c.said) || strings.Contains(said, "pass word") {
					t.Errorf("exit status %d, want %d; said\n%s\nwant %s in it, and no secret", status, c.status, said, c.said)
				}
			})
		}
	}
}
