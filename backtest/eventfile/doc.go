// Package eventfile reads events from JSONL files and hands them out in the
// order of their times, however they stand in the files.
//
// Input is plain, gzip or zstd, told apart by content and not by name; "-" is
// standard input. Lines are sorted in memory up to a bound and beyond it in
// runs on disk. Equal times keep the order of the files and of the lines in
// them. A line that cannot be placed in time is reported and left out; what a
// line means otherwise is not judged here.
package eventfile
