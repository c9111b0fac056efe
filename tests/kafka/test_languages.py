"""Clients in other languages on `weir broker`: Kafka's own in Java, franz-go in Go, kafkajs in JavaScript.

Each says the same on Apache Kafka and on `weir broker`, or the test fails.
"""

import languages
from dialogues import of_program, on_both
from suite import test


@test(120)
def java_producer(world):
    on_both(world, of_program(languages.java("ProducerDialogue"), world.name("java-producer")))


@test(180)
def java_consumer(world):
    on_both(world, of_program(languages.java("ConsumerDialogue"), world.name("java-consumer"), 80))


@test(120)
def java_admin(world):
    on_both(world, of_program(languages.java("AdminDialogue"), world.name("java-admin")))


@test(180)
def go_franz(world):
    on_both(world, of_program(languages.go(), world.name("franz")))


@test(180)
def node_kafkajs(world):
    on_both(world, of_program(languages.node(), world.name("kafkajs")))
