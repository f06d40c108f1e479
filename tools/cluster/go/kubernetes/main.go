// Command kube is the Kubernetes control plane, the node agents and kubectl in one binary. The name it was started under (or, under
// another name, its first argument) chooses which. One link instead of six, and one file in the page cache of every process.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	// Authentication plugins that a kubeconfig may name.
	_ "k8s.io/client-go/plugin/pkg/client/auth"
)

// Constructors, not commands: making one registers its flags and feature gates, so only the chosen one may be made.
var commands = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-proxy":              proxy.NewProxyCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubectl":                 func() *cobra.Command { return kubectl.NewDefaultKubectlCommand() },
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func main() {
	name := filepath.Base(os.Args[0])
	if commands[name] == nil && len(os.Args) > 1 {
		// The commands read os.Args themselves (kubectl looks for plugins there), so the subcommand goes first.
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	make := commands[name]
	if make == nil {
		fmt.Fprintln(os.Stderr, "usage: kube kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy|kubectl [flags]")
		os.Exit(64)
	}
	if name != "kubectl" {
		os.Exit(cli.Run(make()))
	}
	if err := cli.RunNoErrOutput(make()); err != nil {
		kubectlutil.CheckErr(err)
	}
}
