package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"beckon": main})
}

// The scripts show what users see: what is printed where, and the exit status.
func TestScripts(t *testing.T) { runScripts(t, "testdata/script", nil) }

// These have a broker.
func TestKafkaScripts(t *testing.T) { runScripts(t, "testdata/kafka", withBroker) }

func runScripts(t *testing.T, dir string, setup func(*testscript.Env) error) {
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Setup:               setup,
		UpdateScripts:       os.Getenv("BECKON_UPDATE_SCRIPTS") == "1",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "copies": copies, "produce": produce, "consume": consume, "await": await,
			"get": get, "await-text": awaitText, "hangup": hangup,
			"broker-gone": brokerGone,
		},
	})
}
