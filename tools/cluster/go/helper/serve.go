package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// serve ADDRESS [DIR] answers every request with the host's name and, with a folder, with how often it was started on that folder:
// enough to prove Services, DNS and volumes with the image that every node has anyway.
func serve(args []string) {
	host, _ := os.Hostname()
	answer := host + "\n"
	if len(args) > 1 {
		answer = fmt.Sprintf("%s %d\n", host, countStart(filepath.Join(args[1], "starts")))
	}
	listener, err := net.Listen("tcp", args[0])
	if err != nil {
		fail("cannot listen on %s: %v", args[0], err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail("cannot accept: %v", err)
		}
		go func() {
			defer connection.Close()
			lines := bufio.NewScanner(connection)
			for lines.Scan() && len(lines.Bytes()) > 0 {
			}
			fmt.Fprintf(connection, "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
		}()
	}
}

func countStart(file string) int {
	handle, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		fail("cannot write to the volume: %v", err)
	}
	fmt.Fprintln(handle, "started")
	if err := handle.Close(); err != nil {
		fail("cannot write to the volume: %v", err)
	}
	content, _ := os.ReadFile(file)
	return bytes.Count(content, []byte("\n"))
}
