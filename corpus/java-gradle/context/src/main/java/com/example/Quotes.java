package com.example;

public final class Quotes {
    public static void main(String[] args) {
        System.out.println("Measure twice, cut once.");
    }
}
