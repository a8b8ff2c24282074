// A pattern that is set up once, and the machines that are copied from it.
package main

import (
	"fmt"

	multipasslab "example.com/pulumi-multipass-lab/sdk/go/multipasslab"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		copies := config.New(ctx, "").GetInt("copies")
		if copies == 0 {
			copies = 2
		}

		pattern, err := multipasslab.NewInstance(ctx, "pattern", &multipasslab.InstanceArgs{
			Image:      pulumi.String("24.04"),
			Memory:     pulumi.String("1G"),
			CloudInit:  pulumi.Any(map[string]interface{}{"packages": []string{"postgresql"}}),
			PowerState: multipasslab.InstancePowerStateStopped,
		})
		if err != nil {
			return err
		}

		addresses := pulumi.StringMap{}
		for index := range copies {
			name := fmt.Sprintf("copy-%d", index)
			machine, err := multipasslab.NewClone(ctx, name, &multipasslab.CloneArgs{Source: pattern.Name})
			if err != nil {
				return err
			}
			seat, err := multipasslab.NewFile(ctx, name, &multipasslab.FileArgs{
				Instance: machine.Name,
				Path:     pulumi.String("/etc/seat"),
				Content:  pulumi.Sprintf("%d\n", index),
				User:     pulumi.String("root"),
			}, pulumi.DeletedWith(machine))
			if err != nil {
				return err
			}
			check, err := multipasslab.NewCommand(ctx, name, &multipasslab.CommandArgs{
				Instance: machine.Name,
				Create:   pulumi.Any([]string{"cat", "/etc/seat"}),
			}, pulumi.DependsOn([]pulumi.Resource{seat}))
			if err != nil {
				return err
			}
			addresses[name] = machine.IpAddress
			ctx.Export(name, check.Stdout)
		}
		ctx.Export("addresses", addresses)
		return nil
	})
}
