// Package observe turns what a processor tells into metrics and spans. It
// implements processor.Watcher and processor.Tracer on the OpenTelemetry API;
// names and instruments are those of telemetry/instruments.
//
// Nothing is measured per event. A lane reports once per transaction, figures
// are added up by their labels first, and each sum is added to its counter; a
// gauge asks the processor when somebody collects it. Labels are prepared once
// and kept, and they are few: topics, triggers, channels, reasons, tasks.
//
// No customer is named anywhere. A span carries a hash of the id where the
// caller has a function for it.
package observe
