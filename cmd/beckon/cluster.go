package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/beckon-io/beckon/cmd/internal/config"
	"github.com/beckon-io/beckon/processor/kafka"
)

// cluster says how to reach Kafka, with the secrets read from their files.
func cluster(c *config.Kafka) (kafka.Config, error) {
	k := kafka.Config{Brokers: c.Brokers, ClientID: c.ClientID}
	var err error
	if k.TLS, err = tlsConfig(&c.TLS); err != nil {
		return k, err
	}
	s := &c.SASL
	k.SASL = kafka.SASL{Mechanism: s.Mechanism, User: s.User}
	if s.PasswordFile != "" {
		password, err := readSecret(string(s.PasswordFile))
		if err != nil {
			return k, fmt.Errorf("kafka.sasl.password_file: %w", err)
		}
		k.SASL.Password = string(password)
	}
	if s.TokenFile != "" {
		k.SASL.Token = func(context.Context) (string, error) {
			token, err := readSecret(string(s.TokenFile))
			if err != nil {
				return "", fmt.Errorf("kafka.sasl.token_file: %w", err)
			}
			return string(token), nil
		}
	}
	return k, nil
}

func tlsConfig(c *config.TLS) (*tls.Config, error) {
	if !c.Enabled {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CAFile != "" {
		pem, err := readFile("kafka.tls.ca_file", string(c.CAFile))
		if err != nil {
			return nil, err
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("kafka.tls.ca_file: %s holds no certificate in PEM", c.CAFile)
		}
	}
	if c.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(string(c.CertFile), string(c.KeyFile))
		if err != nil {
			return nil, fmt.Errorf("kafka.tls.cert_file: %w", err)
		}
		t.Certificates = []tls.Certificate{cert}
	}
	return t, nil
}
