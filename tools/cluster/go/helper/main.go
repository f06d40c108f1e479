// Command helper holds the small programs that the local cluster needs beside Kubernetes: the pause program of every pod, the relay
// that joins a port of the host's loopback to an address inside a network namespace, a probe that says whether something
// answers, a watch that opens new volumes to all users, and a server to try the network and the volumes with.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) < 2 {
		pause()
		return
	}
	switch os.Args[1] {
	case "relay":
		relay(os.Args[2:])
	case "volumes":
		volumes(os.Args[2])
	case "serve":
		serve(os.Args[2:])
	case "probe":
		probe(os.Args[2:])
	default:
		fail("unknown subcommand %s", os.Args[1])
	}
}

// pause holds a pod's namespaces open and, as their first process, collects the children that others left.
func pause() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		select {
		case <-ended:
			return
		case <-children:
			for {
				if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
					break
				}
			}
		}
	}
}

func relay(args []string) {
	flags := flag.NewFlagSet("relay", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "address on the host")
	namespace := flags.String("netns", "", "file of the network namespace")
	target := flags.String("target", "", "numeric address inside the namespace")
	flags.Parse(args)

	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		fail("cannot listen on %s: %v", *listen, err)
	}
	file, err := os.Open(*namespace)
	if err != nil {
		fail("cannot open the namespace: %v", err)
	}
	requests := make(chan request)
	go dialInside(file, *target, requests)
	// The caller that asked for port 0 reads the chosen one from here.
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		outer, err := listener.Accept()
		if err != nil {
			fail("cannot accept: %v", err)
		}
		go join(outer, requests)
	}
}

type request struct{ answer chan net.Conn }

// dialInside owns the one thread that lives in the namespace. A socket belongs to the namespace it was made in, so the socket is
// made here (which blocks for no one) and connected elsewhere.
func dialInside(namespace *os.File, target string, requests chan request) {
	runtime.LockOSThread()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		fail("cannot enter the namespace: %v", err)
	}
	address, err := net.ResolveTCPAddr("tcp4", target)
	if err != nil {
		fail("bad target %s: %v", target, err)
	}
	remote := &unix.SockaddrInet4{Port: address.Port}
	copy(remote.Addr[:], address.IP.To4())
	for wanted := range requests {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			wanted.answer <- nil
			continue
		}
		go connect(fd, remote, wanted.answer)
	}
}

func connect(fd int, remote *unix.SockaddrInet4, answer chan net.Conn) {
	if err := unix.Connect(fd, remote); err != nil {
		unix.Close(fd)
		answer <- nil
		return
	}
	file := os.NewFile(uintptr(fd), "relay")
	defer file.Close()
	inner, err := net.FileConn(file)
	if err != nil {
		answer <- nil
		return
	}
	answer <- inner
}

func join(outer net.Conn, requests chan request) {
	defer outer.Close()
	answer := make(chan net.Conn)
	requests <- request{answer}
	inner := <-answer
	if inner == nil {
		return
	}
	defer inner.Close()
	done := make(chan struct{})
	go func() { copyHalf(inner, outer); close(done) }()
	copyHalf(outer, inner)
	<-done
}

// copyHalf passes one direction on, its end included: the other direction may still have much to say.
func copyHalf(to, from net.Conn) {
	io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok {
		half.CloseWrite()
	}
}

// probe ADDRESS [PATH] succeeds when the address accepts a connection and, with a path, answers a GET with status 200. Written by
// hand because net/http would triple the size of every pod's pause program.
func probe(args []string) {
	connection, err := net.DialTimeout("tcp", args[0], time.Second)
	if err != nil {
		fail("%v", err)
	}
	defer connection.Close()
	if len(args) < 2 {
		return
	}
	connection.SetDeadline(time.Now().Add(2 * time.Second))
	fmt.Fprintf(connection, "GET %s HTTP/1.0\r\nHost: probe\r\n\r\n", args[1])
	answer := make([]byte, 64)
	count, _ := io.ReadAtLeast(connection, answer, 12)
	if !strings.HasPrefix(string(answer[:count]), "HTTP/1.0 200") {
		fail("answered %q", answer[:count])
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "helper: "+format+"\n", values...)
	os.Exit(1)
}
