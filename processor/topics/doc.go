// Package topics knows the topics of an app: their names, how many tasks to
// start with, the settings each must have and why, and how to create and check
// them.
package topics
