package main

// commandLine lists the subcommands. Each has a file of its own, named after
// it, with its flags, its help and its wiring.
type commandLine struct {
	Demo        demoCmd        `cmd:"" help:"Watch a small shop on an embedded broker."`
	Run         runCmd         `cmd:"" help:"Process store events from Kafka."`
	Check       checkCmd       `cmd:"" help:"Check trigger files; print all mistakes."`
	Test        testCmd        `cmd:"" help:"Play scenarios of triggers in virtual time."`
	Backtest    backtestCmd    `cmd:"" help:"Run recorded events through triggers in virtual time."`
	Explain     explainCmd     `cmd:"" help:"Say what is known, waiting and decided about a customer."`
	Reload      reloadCmd      `cmd:"" help:"Let running instances load their triggers again."`
	Pause       pauseCmd       `cmd:"" help:"Stop a trigger, or everything, on all instances."`
	Resume      resumeCmd      `cmd:"" help:"End a pause."`
	Learn       learnCmd       `cmd:"" help:"Learn figures from recorded events."`
	Triggers    triggersCmd    `cmd:"" help:"Look at the built-in triggers."`
	DeadLetters deadLettersCmd `cmd:"" help:"Look at what could not be processed, and put it back."`
	Topics      topicsCmd      `cmd:"" help:"Create and check the app's topics."`
	State       stateCmd       `cmd:"" help:"Look after the state of an instance."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

func (commandLine) Help() string {
	return `Data goes to standard output, messages to standard error. The exit status is 0 for done, 1 for found
something wrong, 2 for used wrongly. BECKON_ variables go before beckon.yaml: kafka.brokers is
BECKON_KAFKA_BROKERS.

Examples:
  beckon demo
  beckon check triggers
  beckon backtest --triggers triggers --events march.jsonl.gz > commands.jsonl
  beckon run --config beckon.yaml`
}

// output is how a subcommand prints data.
type output struct {
	Output string `enum:"text,json" default:"text" help:"How data is printed: text or json."`
}

func (o output) json() bool { return o.Output == "json" }
