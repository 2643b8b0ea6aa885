// Package topics knows the topics of an app: their names, how many tasks to
// start with, the settings that each needs and why, the rights a process needs,
// and what the brokers can promise. It creates what is missing and checks what
// is there; it never changes an existing topic, but says with which command to.
package topics
