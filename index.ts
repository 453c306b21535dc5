// The package's front door: the JMS API with the in-process broker built in.

export * from '#broker';
