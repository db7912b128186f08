import { Entity, PrimaryGeneratedColumn, Column } from 'typeorm';
@Entity() export class Invoice { @PrimaryGeneratedColumn() id: number; @Column() no: string; }
